"""The twelve tests of reasoning of the Eurus suite (arXiv 2404.02078, section 3): asked, run, graded, and checked themselves."""
