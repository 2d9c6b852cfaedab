/* `hubbub vectors FILE...`: runs files in the form of the official VDAF test vectors. */
#ifndef VECTORS_VECTORS_H
#define VECTORS_VECTORS_H

/* Runs each file and prints `ok FILE` or `FAIL FILE: step, report, expected, got`. Returns the
 * program's exit code: 0 if all passed, 1 if one failed, 2 for wrong use. */
int hub_vectors_main(int n_files, char *const *files);

#endif
