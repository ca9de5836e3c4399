"""Preference trees as commands: mined from recorded runs, grown with models, exported."""
