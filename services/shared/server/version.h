#ifndef CAUSEWAY_SERVICES_SHARED_SERVER_VERSION_H_
#define CAUSEWAY_SERVICES_SHARED_SERVER_VERSION_H_

#include "absl/strings/string_view.h"

namespace causeway::server {

// Of all that this source makes: what --version prints, and the label of an
// image.
inline constexpr absl::string_view kVersion = "0.1.0-dev";

}  // namespace causeway::server

#endif  // CAUSEWAY_SERVICES_SHARED_SERVER_VERSION_H_
