"""Toolsets: tools that a model makes, that are checked, kept and found again (CRAFT, Yuan et al., arXiv 2309.17428)."""
