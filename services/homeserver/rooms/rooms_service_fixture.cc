#include "services/homeserver/rooms/rooms_service_fixture.h"

#include "services/homeserver/rooms/test_events.h"

namespace causeway::homeserver {

RoomsServiceFixture::RoomsServiceFixture() {
  for (const char* user_id : {kAlice, kCarol}) {
    EXPECT_TRUE(server_.accounts.EnsureGhost(User(user_id), {}).ok());
    server_.filter_store.AddUser(User(user_id));
  }
}

std::string RoomsServiceFixture::CreateRoom(const std::string& name) {
  auto request = AsAlice<v1::CreateRoomRequest>();
  request.set_preset(v1::CreateRoomRequest::PUBLIC_CHAT);
  request.set_name(name);
  return server_.Call(&Stub::CreateRoom, request)->room_id();
}

absl::Status RoomsServiceFixture::Join(const v1::Principal& principal,
                                       const std::string& room_id) {
  auto request = As<v1::JoinRoomRequest>(principal);
  request.set_room_id_or_alias(room_id);
  return server_.Call(&Stub::JoinRoom, request).status();
}

absl::StatusOr<std::string> RoomsServiceFixture::Send(
    const v1::Principal& principal, const std::string& room_id,
    const std::string& content, const std::string& txn_id) {
  auto request = As<v1::SendEventRequest>(principal);
  request.set_room_id(room_id);
  request.set_type("m.room.message");
  request.set_content_json(content);
  request.set_txn_id(txn_id);
  auto response = server_.Call(&Stub::SendEvent, request);
  if (!response.ok()) return response.status();
  return response->event_id();
}

absl::Status RoomsServiceFixture::SetMembership(
    v1::SetMembershipRequest::Action action, const std::string& room_id,
    const std::string& user_id) {
  auto request = AsAlice<v1::SetMembershipRequest>();
  request.set_action(action);
  request.set_room_id(room_id);
  request.set_user_id(user_id);
  return server_.Call(&Stub::SetMembership, request).status();
}

absl::StatusOr<std::string> RoomsServiceFixture::StateContent(
    const v1::Principal& principal, const std::string& room_id,
    const std::string& type, const std::string& state_key) {
  auto request = As<v1::GetStateEventRequest>(principal);
  request.set_room_id(room_id);
  request.set_type(type);
  request.set_state_key(state_key);
  auto response = server_.Call(&Stub::GetStateEvent, request);
  if (!response.ok()) return response.status();
  return response->content_json();
}

}  // namespace causeway::homeserver
