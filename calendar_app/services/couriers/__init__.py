"""Who carries a reminder out of the house: one module for each way. `services/handover.py` asks them to."""
