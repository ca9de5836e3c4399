"""Does a reply decline to answer: the paper's word list, ours, or a judge; how often each is right; rates corrected by that."""
