/* Integers of 128 bits. Only the field room computes with them. */
#ifndef FIELD_WIDE_H
#define FIELD_WIDE_H

__extension__ typedef unsigned __int128 hub_u128;
__extension__ typedef __int128 hub_i128;

#endif
