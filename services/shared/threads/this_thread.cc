#include "services/shared/threads/this_thread.h"

#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace causeway::threads {
namespace {

// sched_setattr(2). The kernel's own header can't be used beside the C
// library's <sched.h>.
struct SchedAttributes {
  uint32_t size = sizeof(SchedAttributes);
  uint32_t policy = 0;  // SCHED_OTHER.
  uint64_t flags = 0;
  int32_t nice = 0;
  uint32_t priority = 0;
  uint64_t runtime = 0;  // How long a turn is, in ns.
  uint64_t deadline = 0;
  uint64_t period = 0;
};

// Longer than the turns of threads that ask for nothing (1.4 ms on two
// processors), but not so long that events come out of order for it.
constexpr uint64_t kLongTurnNanoseconds = 5'000'000;
constexpr uint64_t kShortTurnNanoseconds = 100'000;  // The shortest there is.

void SetTurnOfThisThread(uint64_t nanoseconds) {
  SchedAttributes attributes;
  if (syscall(SYS_sched_getattr, 0, &attributes, sizeof(attributes), 0) != 0 ||
      attributes.policy != 0) {  // Somebody has decided otherwise.
    return;
  }
  attributes.flags = 0;
  attributes.runtime = nanoseconds;
  syscall(SYS_sched_setattr, 0, &attributes, 0);
}

}  // namespace

void NameThisThread(const char* name) {
  pthread_setname_np(pthread_self(), name);
}

void PreferThroughputInThisThread() {
  SetTurnOfThisThread(kLongTurnNanoseconds);
}

void PreferLatencyInThisThread() { SetTurnOfThisThread(kShortTurnNanoseconds); }

}  // namespace causeway::threads
