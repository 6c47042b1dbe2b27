"""The report of a sweep: one HTML file that needs no network, made from the files of the sweep's folder."""
