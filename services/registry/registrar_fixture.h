#ifndef CAUSEWAY_SERVICES_REGISTRY_REGISTRAR_FIXTURE_H_
#define CAUSEWAY_SERVICES_REGISTRY_REGISTRAR_FIXTURE_H_

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/registry/fake_registry_store.h"
#include "services/registry/grant.h"
#include "services/registry/grant_keeper.h"
#include "services/registry/registrar.h"
#include "services/shared/clock/fake_clock.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/matrix/token.h"
#include "services/shared/namespaces/namespace_kind.h"
#include "services/shared/secrets/secret_box.h"

namespace causeway::registry {

// The registrar and the keeper of grants of "hs.test", over a fake store. All
// acts are those of "r".
class RegistrarFixture : public ::testing::Test {
 protected:
  // One that allows everything.
  static Grant MakeGrant(const std::string& name, const std::string& as_token) {
    Grant grant;
    grant.name = name;
    grant.as_token_sha256 = matrix::Sha256(as_token);
    grant.ceilings = {.users = {".*"}, .aliases = {".*"}, .rooms = {".*"}};
    grant.allow_broad = true;
    return grant;
  }

  absl::Status CreateGrant(const std::string& name,
                           const std::string& as_token) {
    return grants_.Create(MakeGrant(name, as_token), "r").status();
  }

  // Claims `users`, exclusively.
  static Registrar::Application Claim(const std::string& as_token,
                                      const std::string& users) {
    Registrar::Application application;
    application.as_token = as_token;
    application.registration.url = "https://a.test/";
    application.registration.namespaces = {
        {namespaces::NamespaceKind::kUsers, users, true}};
    return application;
  }

  absl::StatusOr<Registrar::Registered> Register(
      Registrar::Application application) {
    return registrar_.Register(std::move(application), "r");
  }

  int64_t Revision() { return store_.ListChanges(0)->revision; }

  FakeRegistryStore store_;
  const secrets::SecretBox secret_box_ =
      secrets::SecretBox::FromKeyHex(std::string(64, 'a')).value();
  FakeClock clock_;
  const matrix::ServerName server_name_ =
      matrix::ServerName::Parse("hs.test").value();
  GrantKeeper grants_{server_name_, store_, clock_};
  Registrar registrar_{server_name_, store_, secret_box_, clock_};
};

}  // namespace causeway::registry

#endif  // CAUSEWAY_SERVICES_REGISTRY_REGISTRAR_FIXTURE_H_
