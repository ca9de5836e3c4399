"""An agent to talk to: in a browser, in a terminal, and behind an endpoint."""
