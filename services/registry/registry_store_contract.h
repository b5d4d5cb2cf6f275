#ifndef CAUSEWAY_SERVICES_REGISTRY_REGISTRY_STORE_CONTRACT_H_
#define CAUSEWAY_SERVICES_REGISTRY_REGISTRY_STORE_CONTRACT_H_

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/registry/appservice.h"
#include "services/registry/grant.h"
#include "services/registry/pending_request.h"
#include "services/registry/registry_store.h"

namespace causeway::registry {

// What every RegistryStore does: see registry_store_registered_contract.cc,
// registry_store_changes_contract.cc and registry_store_records_contract.cc.
// The parameter makes an empty store and keeps whatever it needs.
class RegistryStoreContract
    : public ::testing::TestWithParam<
          std::function<std::shared_ptr<RegistryStore>()>> {
 protected:
  static Grant MakeGrant(const std::string& name);
  static Appservice MakeAppservice(int64_t uid, const std::string& grant_name,
                                   int64_t revision);
  absl::Status InsertGrant(const std::string& name);

  // Under a new grant of that name, with the next revision.
  absl::StatusOr<Appservice> Insert(const std::string& name);
  static PendingRequest MakePending(const std::string& grant_name);
  absl::Status PutPending(const PendingRequest& request, int kept_max = 100);
  absl::Status Remove(int64_t uid);

  std::shared_ptr<RegistryStore> store_ = GetParam()();
};

}  // namespace causeway::registry

#endif  // CAUSEWAY_SERVICES_REGISTRY_REGISTRY_STORE_CONTRACT_H_
