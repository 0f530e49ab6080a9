#include <libpq-fe.h>
#include <sys/eventfd.h>

/* An enum's values with bits to join are awkward from Swift. */
static inline int gatehouse_pq_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }
