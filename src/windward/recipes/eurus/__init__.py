"""The study of preference learning and reward modelling on mined pairs: which findings of Eurus show at a small size."""
