#ifndef CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_FILTER_STORE_CONTRACT_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_FILTER_STORE_CONTRACT_H_

#include <functional>
#include <memory>

#include "gtest/gtest.h"
#include "services/homeserver/accounts/filter_store.h"

namespace causeway::homeserver {

// What every FilterStore must do; see filter_store_contract.cc. The parameter
// makes an empty store of a server with the users @alice:hs.test and
// @bob:hs.test.
using FilterStoreFactory = std::function<std::shared_ptr<FilterStore>()>;

class FilterStoreContract
    : public ::testing::TestWithParam<FilterStoreFactory> {
 protected:
  const std::shared_ptr<FilterStore> store_ = GetParam()();
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_FILTER_STORE_CONTRACT_H_
