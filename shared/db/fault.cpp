#include "db/fault.h"

namespace boxoffice::db {

FaultKind kind_of(unsigned number) {
  switch (number) {
    case 1213: case 1020: return FaultKind::retry;
    case 1205: case 1969: case 1317: case 1028: return FaultKind::busy;
    // A number for a new row could not be had: a lock wait or a deadlock, which it does not say.
    case 1467: return FaultKind::busy;
    case 1062: return FaultKind::duplicate;
    // Client and server words for "there is no connection (any more), or none to be had".
    case 2000: case 2002: case 2003: case 2006: case 2013: case 2026: case 2055:
    case 1040: case 1047: case 1053: case 1152: case 1158: case 1159: case 1160: case 1161:
    case 1203: case 1226: case 1927: case 1129: case 3024:
      return FaultKind::gone;
    // Disk full, a file that cannot grow, no memory.
    case 3: case 28: case 1021: case 1026: case 1037: case 1038: case 1041: case 1114:
      return FaultKind::unable;
    default: return FaultKind::bug;
  }
}

bool may_have_committed(Committing committing, FaultKind kind, unsigned number) {
  constexpr unsigned kNeverSent = 2006, kWaitedForALock = 1205, kWaitedForANumber = 1467;
  if (committing != Committing::under_way) return committing == Committing::answered;
  if (kind == FaultKind::gone) return number != kNeverSent;
  return kind == FaultKind::busy && number != kWaitedForALock && number != kWaitedForANumber;
}

}  // namespace boxoffice::db
