"""One real run of the preference pipeline, small enough for a laptop: feedback whose truth can be computed."""
