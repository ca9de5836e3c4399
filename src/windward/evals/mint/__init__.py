"""MINT: does a model solve it with tools, in how many turns, and does it use feedback?"""
