#include "services/homeserver/ephemeral/expiry_loop.h"

namespace causeway::homeserver {

ExpiryLoop::ExpiryLoop(Typing& typing, Presence& presence,
                       absl::Duration interval)
    : typing_(typing),
      presence_(presence),
      interval_(interval),
      thread_([this] { Run(); }) {}

ExpiryLoop::~ExpiryLoop() {
  {
    absl::MutexLock lock(&mu_);
    stopping_ = true;
  }
  thread_.join();
}

void ExpiryLoop::Run() {
  for (;;) {
    {
      absl::MutexLock lock(&mu_);
      if (mu_.AwaitWithTimeout(absl::Condition(&stopping_), interval_)) return;
    }
    typing_.Expire();
    presence_.Expire();
  }
}

}  // namespace causeway::homeserver
