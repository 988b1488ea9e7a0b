def gsm_safe(t): return t
def segments(t): return 1
