#ifndef CAUSEWAY_SERVICES_SHARED_THREADS_THIS_THREAD_H_
#define CAUSEWAY_SERVICES_SHARED_THREADS_THIS_THREAD_H_

namespace causeway::threads {

// Names the calling thread, for top -H, perf and debuggers. At most 15 bytes.
void NameThisThread(const char* name);

// The calling thread works in long stretches and nobody waits for its next
// step: whoever is woken meanwhile runs first, on its processor if need be. Its
// share of the time stays the same. Best called once, when the thread begins.
//
// Without effect before Linux 6.12, where each thread got a length of its turns
// (sched_setattr(2)).
void PreferThroughputInThisThread();

// The contrary: the calling thread takes a step when it is woken, and others
// wait for that. It runs soon, before threads with longer turns, and for short.
void PreferLatencyInThisThread();

}  // namespace causeway::threads

#endif  // CAUSEWAY_SERVICES_SHARED_THREADS_THIS_THREAD_H_
