"""Find rows that were copied, without a key, and no more of them than chance gives.

Copies are rows of features and target that are equal; equal in all but one column; equal within rounding or
noise; much nearer to one row than to any other; or between two rows (synthetic oversampling). The steps:

1. Every column becomes ranks (`coded_rows`). Two rows match in a column with the share of rows whose values
   lie between theirs, both ends included; their score is the sum of the negative logarithms (`match_scores`).
   A level that many rows have says little, and one edited column costs no more than its own term.
2. Equal rows are counted in the whole table. For near copies, a few hundred rows are compared with all
   others: the share with a match in all columns, or in all but one, at three tolerances (`near_rows`).
3. Chance is a table of the same columns, each shuffled within strata of the column it is most related to (a
   tree of mutual information: Chow and Liu, IEEE Trans. Inf. Theory 14, 1968), so that related columns do
   not look like copies (`related_columns`, `chance`). Columns that others determine are left out. What the
   tree does not hold shows in pairs that differ in one more column, or by a little more than the tolerance:
   where the table has more of these than its shuffled form, the expected share is raised by as much.
4. A row counts as much nearer to one row where the gap between its best scores is too wide for the spacings
   of the next ones (Rényi's representation of exponential order statistics; the local dimension takes the
   place of the rate in Facco et al., Sci. Rep. 7, 12140, 2017).
5. Synthetic rows lie on the segment between two rows (Chawla et al., JAIR 16, 2002): the same fraction in
   every column, to rounding (`between_rows`).
6. Copies above chance are linked in the whole table, so that a split keeps them together (`linked_rows`).
"""
