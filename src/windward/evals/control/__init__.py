"""Is what was asked for what came: requested against realised levels, fronts of objectives traded, refusals and harm."""
