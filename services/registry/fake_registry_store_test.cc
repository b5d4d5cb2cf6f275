#include "services/registry/fake_registry_store.h"

#include <gtest/gtest.h>

#include <memory>

#include "services/registry/registry_store.h"
#include "services/registry/registry_store_contract.h"

namespace causeway::registry {
namespace {

INSTANTIATE_TEST_SUITE_P(Fake, RegistryStoreContract, ::testing::Values([] {
                           return std::shared_ptr<RegistryStore>(
                               new FakeRegistryStore);
                         }));

}  // namespace
}  // namespace causeway::registry
