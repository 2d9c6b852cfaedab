/* `hubbub doctor --config FILE [--json] [--bundle FILE]`. argv[0] is "doctor". Exit codes: 0
 * nothing is wrong, 1 something is, 2 wrong use. */
#ifndef ADMIN_DOCTOR_H
#define ADMIN_DOCTOR_H

int hub_admin_doctor(int argc, char **argv);

#endif
