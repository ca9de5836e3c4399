"""How sure a model is: typed scales, and the elicitations that give a value on one of them."""
