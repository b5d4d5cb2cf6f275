#ifndef CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ROOMS_SERVICE_FIXTURE_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ROOMS_SERVICE_FIXTURE_H_

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "causeway/homeserver/v1/homeserver.grpc.pb.h"
#include "gtest/gtest.h"
#include "services/homeserver/accounts/fake_user_store.h"
#include "services/homeserver/rooms/fake_room_store.h"
#include "services/homeserver/rooms/test_homeserver.h"

namespace causeway::homeserver {

// The Rooms service through gRPC, on the fake stores. Alice and carol have
// accounts; whatever names no principal is done in alice's name.
class RoomsServiceFixture : public ::testing::Test {
 protected:
  using Stub = TestHomeserver::Stub;

  static constexpr char kAlice[] = "@alice:hsdomain.com";
  static constexpr char kCarol[] = "@carol:hsdomain.com";
  static constexpr char kGhost[] = "@irc.freenode.net/Bob:hsdomain.com";

  RoomsServiceFixture();

  template <typename Request>
  static Request As(v1::Principal principal, Request request = {}) {
    *request.mutable_principal() = std::move(principal);
    return request;
  }
  template <typename Request>
  static Request AsAlice(Request request = {}) {
    return As(PersonPrincipal(kAlice), std::move(request));
  }

  // The room's ID. It is public.
  std::string CreateRoom(const std::string& name = "Room");
  absl::Status Join(const v1::Principal& principal, const std::string& room_id);
  absl::Status SetMembership(v1::SetMembershipRequest::Action action,
                             const std::string& room_id,
                             const std::string& user_id);
  // Sends a message; its event ID.
  absl::StatusOr<std::string> Send(const v1::Principal& principal,
                                   const std::string& room_id,
                                   const std::string& content,
                                   const std::string& txn_id = "");
  absl::StatusOr<std::string> StateContent(const v1::Principal& principal,
                                           const std::string& room_id,
                                           const std::string& type,
                                           const std::string& state_key = "");

  FakeUserStore users_;
  FakeRoomStore rooms_;
  TestHomeserver server_{users_, rooms_, rooms_, rooms_};
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ROOMS_SERVICE_FIXTURE_H_
