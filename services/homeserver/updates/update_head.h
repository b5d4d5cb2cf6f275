#ifndef CAUSEWAY_SERVICES_HOMESERVER_UPDATES_UPDATE_HEAD_H_
#define CAUSEWAY_SERVICES_HOMESERVER_UPDATES_UPDATE_HEAD_H_

#include <cstdint>
#include <pqxx/pqxx>

namespace causeway::homeserver {

// Takes the next `count` positions of the updates (migrations/0030_updates.sql)
// in the transaction under way, which then holds their lock until it commits:
// to be called last. Returns the first of them.
inline int64_t TakeUpdatePositions(pqxx::work& work, int64_t count) {
  return work.exec_params1(
                 "UPDATE update_head SET position = position + $1"
                 " RETURNING position",
                 count)[0]
             .as<int64_t>() -
         count + 1;
}

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_UPDATES_UPDATE_HEAD_H_
