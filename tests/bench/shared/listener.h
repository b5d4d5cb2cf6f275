#ifndef CAUSEWAY_TESTS_BENCH_SHARED_LISTENER_H_
#define CAUSEWAY_TESTS_BENCH_SHARED_LISTENER_H_

namespace causeway::bench {

// A socket that listens on a free port of 127.0.0.1, to be closed by the
// caller; nothing that is done with it blocks. So many connections may wait to
// be accepted. Ends the process if there is none.
int ListenOnFreePort(int backlog);

// The port that it has got.
int PortOf(int listener);

}  // namespace causeway::bench

#endif  // CAUSEWAY_TESTS_BENCH_SHARED_LISTENER_H_
