#ifndef CAUSEWAY_SERVICES_HOMESERVER_MEDIA_MEDIA_STORE_CONTRACT_H_
#define CAUSEWAY_SERVICES_HOMESERVER_MEDIA_MEDIA_STORE_CONTRACT_H_

#include <functional>
#include <memory>

#include "gtest/gtest.h"
#include "services/homeserver/media/media_store.h"

namespace causeway::homeserver {

// What every MediaStore must do; see media_store_contract.cc. The parameter
// makes an empty store that knows the users @alice:hs.test and @bob:hs.test.
using MediaStoreFactory = std::function<std::shared_ptr<MediaStore>()>;

class MediaStoreContract : public ::testing::TestWithParam<MediaStoreFactory> {
 protected:
  const std::shared_ptr<MediaStore> store_ = GetParam()();
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_MEDIA_MEDIA_STORE_CONTRACT_H_
