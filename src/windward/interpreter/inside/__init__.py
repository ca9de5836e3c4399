"""What runs inside the sandbox: standard library only, never imported by user code, never importing windward.

The host imports nothing from here but `wire` and `output`; the rest is started by file path inside the sandbox.
"""
