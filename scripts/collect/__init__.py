"""A collector for those who have none: writes inventories in the form that landing reads.

`run.py` goes through the subscriptions, `listings.py` says what is asked of Azure Resource Manager,
`arm.py` asks it, `access.py` says whether its answers can be the whole, `snapshot.py` writes the
files. All of them load Azure's clients, and are imported where a run collects alone.
"""
