#include "services/shared/server/call_context.h"

#include <grpcpp/server_context.h>

#include <algorithm>
#include <cstdint>

#include "absl/random/random.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_format.h"
#include "services/shared/clock/clock.h"

namespace causeway::server {

std::string MakeRequestId() {
  absl::BitGen gen;
  return absl::StrFormat("%016x%016x", absl::Uniform<uint64_t>(gen),
                         absl::Uniform<uint64_t>(gen));
}

bool IsRequestId(absl::string_view request_id) {
  return !request_id.empty() && request_id.size() <= kRequestIdBytesMax &&
         std::all_of(request_id.begin(), request_id.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                  c == '-' || c == '_' || c == '.';
         });
}

CallContext MakeCallContext(const grpc::ServerContextBase& context) {
  // gRPC reckons deadlines with the real clock, so a fake one has no place
  // here.
  CallContext call = MakeCallContext(kCallDurationMax);
  call.deadline = std::min(call.deadline, absl::FromChrono(context.deadline()));
  auto it = context.client_metadata().find(kRequestIdKey);
  if (it != context.client_metadata().end()) {
    absl::string_view request_id(it->second.data(), it->second.size());
    if (IsRequestId(request_id)) call.request_id = std::string(request_id);
  }
  return call;
}

CallContext MakeCallContext(absl::Duration duration) {
  return {.request_id = MakeRequestId(),
          .deadline = RealClock().Now() + duration};
}

}  // namespace causeway::server
