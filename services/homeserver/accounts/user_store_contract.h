#ifndef CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_USER_STORE_CONTRACT_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_USER_STORE_CONTRACT_H_

#include <functional>
#include <memory>

#include "gtest/gtest.h"
#include "services/homeserver/accounts/user_store.h"

namespace causeway::homeserver {

// What every UserStore must do; see user_store_contract.cc. The parameter makes
// an empty store.
using UserStoreFactory = std::function<std::shared_ptr<UserStore>()>;

class UserStoreContract : public ::testing::TestWithParam<UserStoreFactory> {
 protected:
  const std::shared_ptr<UserStore> store_ = GetParam()();
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_USER_STORE_CONTRACT_H_
