"""Preference data from models and verifiers: every stage over a file of records, journaled, streamed, sharded."""
