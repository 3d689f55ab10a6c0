"""The drill: the whole product on one machine, everything in it killed again and again, and a verdict on what arrived.

`docs/reliability.md` says how to run it. The world (processes, faults, phases) knows how to start the product and
nothing about reminders; the oracle and the verdict know what must arrive and import nothing of the product.
"""
