#ifndef CAUSEWAY_SERVICES_SHARED_SERVER_CHANNEL_H_
#define CAUSEWAY_SERVICES_SHARED_SERVER_CHANNEL_H_

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/security/credentials.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "services/shared/server/call_context.h"

namespace causeway::server {

// The longest pause between two attempts to reach a peer that is away. gRPC's
// own default of two minutes would let a restarted peer wait that long for
// calls.
inline constexpr absl::Duration kReconnectBackoffMax = absl::Seconds(1);
// The largest message of a call, either way: the widest is a batch of events.
inline constexpr int kMessageBytesMax = 64 << 20;

// Who is to be at the other end of a channel, and who we are to it. As it is:
// nobody knows, in plaintext.
struct ChannelOptions {
  std::shared_ptr<grpc::ChannelCredentials> credentials = nullptr;
  // With credentials: the name that the peer's certificate must be for, as
  // tls::CertificateName() makes it of the service.
  std::string peer_name = "";
  // Goes with each call, to show that an operator makes it: of
  // access::AuthorizationBy(). Empty: nothing.
  std::string authorization = "";
};

// A channel to the service at `address` (host:port). Never fails: connects when
// first used, and again whenever the peer was away. While it is away calls fail
// with UNAVAILABLE at once, unless they are set to wait for it
// (grpc::ClientContext::set_wait_for_ready). A peer that vanished without a
// word is noticed by keepalive within half a minute. Ignores proxy settings.
std::shared_ptr<grpc::Channel> MakeChannel(absl::string_view address,
                                           const ChannelOptions& options = {});

// One to each of several replicas of a service.
std::vector<std::shared_ptr<grpc::Channel>> MakeChannels(
    absl::Span<const std::string> addresses,
    const ChannelOptions& options = {});

// Hands request ID and deadline on to the call that `context` is for.
void PrepareContext(grpc::ClientContext& context, const CallContext& call);

// Blocks until the peer of `channel` can be called. False when it could not by
// `deadline`.
bool WaitForReady(grpc::Channel& channel, absl::Time deadline);
// The same of any of several.
bool WaitForAnyReady(absl::Span<const std::shared_ptr<grpc::Channel>> channels,
                     absl::Time deadline);

}  // namespace causeway::server

#endif  // CAUSEWAY_SERVICES_SHARED_SERVER_CHANNEL_H_
