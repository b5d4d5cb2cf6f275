// Linked into tests under --config=tsan. Debian's libgrpc is not instrumented,
// so ThreadSanitizer does not see that a batch of operations is started before
// it completes, on another thread, and takes what gRPC's own headers do at both
// ends for races. These take the library's functions' place and tell it.
#if defined(__SANITIZE_THREAD__)  // g++
#define CAUSEWAY_TSAN
#elif defined(__has_feature)  // clang
#if __has_feature(thread_sanitizer)
#define CAUSEWAY_TSAN
#endif
#endif

#ifdef CAUSEWAY_TSAN
#include <dlfcn.h>
#include <grpc/grpc.h>
#include <sanitizer/tsan_interface.h>

#define REAL(name)         \
  static const auto real = \
      reinterpret_cast<decltype(&name)>(dlsym(RTLD_NEXT, #name))

extern "C" {

// gRPC's own object of a call is destroyed when its reference count reaches
// zero, on whatever thread. libgrpc++ counts down as well, by an atomic that
// ThreadSanitizer doesn't see there, so that what other threads did to the
// object before seems to race with its end. None of our code runs in there:
// OnDone() comes before the destructor. So with a reactor that ends itself in
// OnDone(), which comes when that count says that no other callback runs.
const char* __tsan_default_suppressions() {
  return "race:Impl::~ServerCallback\n"
         "race:~ServerBidiReactor";
}

grpc_call_error grpc_call_start_batch(grpc_call* call, const grpc_op* ops,
                                      size_t nops, void* tag, void* reserved) {
  REAL(grpc_call_start_batch);
  if (tag != nullptr) __tsan_release(tag);
  return real(call, ops, nops, tag, reserved);
}

grpc_event grpc_completion_queue_next(grpc_completion_queue* cq,
                                      gpr_timespec deadline, void* reserved) {
  REAL(grpc_completion_queue_next);
  const grpc_event event = real(cq, deadline, reserved);
  if (event.type == GRPC_OP_COMPLETE && event.tag) __tsan_acquire(event.tag);
  return event;
}

grpc_event grpc_completion_queue_pluck(grpc_completion_queue* cq, void* tag,
                                       gpr_timespec deadline, void* reserved) {
  REAL(grpc_completion_queue_pluck);
  const grpc_event event = real(cq, tag, deadline, reserved);
  if (event.type == GRPC_OP_COMPLETE && event.tag) __tsan_acquire(event.tag);
  return event;
}

}  // extern "C"
#endif
