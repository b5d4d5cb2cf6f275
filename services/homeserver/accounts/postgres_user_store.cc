#include "services/homeserver/accounts/postgres_user_store.h"

#include <cstdint>
#include <pqxx/pqxx>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/homeserver/accounts/sql_values.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

constexpr char kFindUser[] = "find_user";
constexpr char kFindToken[] = "find_token";

std::optional<std::string> OptionalText(const pqxx::field& field) {
  if (field.is_null()) return std::nullopt;
  return field.as<std::string>();
}

// In the order of `display_name, avatar_url`, from column `first` on.
Profile ProfileFromRow(const pqxx::row& row, int first) {
  return {.display_name = OptionalText(row[first]),
          .avatar_url = OptionalText(row[first + 1])};
}

// Null for what is absent or empty.
const char* TextOrNull(const std::optional<std::string>& text) {
  return text.has_value() && !text->empty() ? text->c_str() : nullptr;
}

absl::Time TimeFromMicros(const pqxx::field& field) {
  return absl::FromUnixMicros(field.as<int64_t>());
}

// Of `device_id, display_name`.
StoredDevice DeviceFromRow(const matrix::UserId& user_id,
                           const pqxx::row& row) {
  return {.user_id = user_id,
          .device_id = row[0].as<std::string>(),
          .display_name = row[1].as<std::string>(),
          .access_token_sha256 = ""};
}

void InsertDevice(pqxx::work& work, const StoredDevice& device,
                  absl::Time create_time) {
  std::optional<std::string> appservice_uid;
  std::optional<int64_t> appservice_revision;
  if (device.origin.has_value()) {
    appservice_uid = device.origin->appservice_uid;
    appservice_revision = device.origin->registry_revision;
  }
  work.exec_params0(
      "INSERT INTO devices (user_id, device_id, display_name,"
      " access_token_sha256, create_time, appservice_uid, appservice_revision)"
      " VALUES ($1, $2, $3, nullif($4, ''::bytea), $5, $6, $7)"
      " ON CONFLICT (user_id, device_id)"
      " DO UPDATE SET access_token_sha256 = excluded.access_token_sha256,"
      " appservice_uid = excluded.appservice_uid,"
      " appservice_revision = excluded.appservice_revision",
      device.user_id.str(), device.device_id, device.display_name,
      SqlBytes(device.access_token_sha256), SqlTime(create_time),
      appservice_uid, appservice_revision);
}

}  // namespace

std::vector<postgres::PreparedStatement> PostgresUserStore::Statements() {
  // Both once for each request of a client, more or less.
  return {{kFindUser,
           "SELECT coalesce(password_hash, ''), display_name, avatar_url,"
           " deactivate_time IS NOT NULL FROM users WHERE user_id = $1"},
          {kFindToken,
           "SELECT user_id, device_id, appservice_uid, appservice_revision"
           " FROM devices WHERE access_token_sha256 = $1"}};
}

PostgresUserStore::PostgresUserStore(postgres::Pool& pool, const Clock& clock)
    : pool_(pool), active_(clock) {}

absl::Status PostgresUserStore::CreateUser(
    const StoredUser& user, const std::optional<StoredDevice>& device,
    absl::Time create_time) {
  return pool_.Run([&](pqxx::work& work) -> absl::Status {
    pqxx::result inserted = work.exec_params(
        "INSERT INTO users (user_id, password_hash, display_name, avatar_url,"
        " create_time) VALUES ($1, nullif($2, ''), $3, $4, $5)"
        " ON CONFLICT DO NOTHING",
        user.user_id.str(), user.password_hash,
        TextOrNull(user.profile.display_name),
        TextOrNull(user.profile.avatar_url), SqlTime(create_time));
    if (inserted.affected_rows() == 0) {
      return absl::AlreadyExistsError(
          absl::StrCat("user ", user.user_id.str()));
    }
    if (device.has_value()) InsertDevice(work, *device, create_time);
    return absl::OkStatus();
  });
}

absl::StatusOr<std::optional<StoredUser>> PostgresUserStore::FindUser(
    const matrix::UserId& user_id) {
  std::optional<StoredUser> user;
  CAUSEWAY_RETURN_IF_ERROR(
      pool_.Read([&](pqxx::transaction_base& work) -> absl::Status {
        pqxx::result rows = work.exec_prepared(kFindUser, user_id.str());
        if (rows.empty()) return absl::OkStatus();
        user = StoredUser{.user_id = user_id,
                          .password_hash = rows[0][0].as<std::string>(),
                          .profile = ProfileFromRow(rows[0], 1),
                          .is_deactivated = rows[0][3].as<bool>()};
        return absl::OkStatus();
      }));
  return user;
}

absl::StatusOr<UserStanding> PostgresUserStore::FindStanding(
    const matrix::UserId& user_id) {
  if (active_.Contains(user_id.str())) return UserStanding::kActive;
  const int64_t removal_count = active_.RemovalCount();
  CAUSEWAY_ASSIGN_OR_RETURN(std::optional<StoredUser> user, FindUser(user_id));
  if (!user.has_value()) return UserStanding::kNone;
  if (user->is_deactivated) return UserStanding::kDeactivated;
  active_.Add(user_id.str(), removal_count);
  return UserStanding::kActive;
}

absl::StatusOr<Profile> PostgresUserStore::ChangeProfile(
    const matrix::UserId& user_id, const Profile& changes) {
  Profile profile;
  CAUSEWAY_RETURN_IF_ERROR(pool_.Run([&](pqxx::work& work) -> absl::Status {
    pqxx::result rows = work.exec_params(
        "UPDATE users SET"
        " display_name = CASE WHEN $2 THEN $3 ELSE display_name END,"
        " avatar_url = CASE WHEN $4 THEN $5 ELSE avatar_url END"
        " WHERE user_id = $1 AND deactivate_time IS NULL"
        " RETURNING display_name, avatar_url",
        user_id.str(), changes.display_name.has_value(),
        TextOrNull(changes.display_name), changes.avatar_url.has_value(),
        TextOrNull(changes.avatar_url));
    if (rows.empty()) return absl::NotFoundError("no such user");
    profile = ProfileFromRow(rows[0], 0);
    return absl::OkStatus();
  }));
  return profile;
}

absl::Status PostgresUserStore::SetPassword(
    const matrix::UserId& user_id, absl::string_view password_hash,
    const std::optional<std::string>& kept_device_id) {
  return pool_.Run([&](pqxx::work& work) -> absl::Status {
    pqxx::result updated = work.exec_params(
        "UPDATE users SET password_hash = $2"
        " WHERE user_id = $1 AND deactivate_time IS NULL",
        user_id.str(), std::string(password_hash));
    if (updated.affected_rows() == 0) {
      return absl::NotFoundError("no such user");
    }
    if (kept_device_id.has_value()) {
      work.exec_params0(
          "DELETE FROM devices WHERE user_id = $1 AND device_id <> $2",
          user_id.str(), *kept_device_id);
    }
    return absl::OkStatus();
  });
}

absl::Status PostgresUserStore::Deactivate(const matrix::UserId& user_id,
                                           absl::Time deactivate_time) {
  absl::Status ended = pool_.Run([&](pqxx::work& work) -> absl::Status {
    pqxx::result updated = work.exec_params(
        "UPDATE users SET deactivate_time = coalesce(deactivate_time, $2),"
        " password_hash = NULL, display_name = NULL, avatar_url = NULL"
        " WHERE user_id = $1",
        user_id.str(), SqlTime(deactivate_time));
    if (updated.affected_rows() == 0) {
      return absl::NotFoundError("no such user");
    }
    work.exec_params0("DELETE FROM devices WHERE user_id = $1", user_id.str());
    return absl::OkStatus();
  });
  // After an error too, since the commit may have come through.
  active_.Remove(user_id.str());
  return ended;
}

absl::StatusOr<std::vector<UserSummary>> PostgresUserStore::ListUsers(
    absl::string_view after, int limit) {
  std::vector<UserSummary> users;
  CAUSEWAY_RETURN_IF_ERROR(pool_.Read([&](pqxx::transaction_base& work)
                                          -> absl::Status {
    // In the order of the bytes, which the primary key has in a database of
    // the collation that this is deployed with.
    pqxx::result rows = work.exec_params(
        "SELECT user_id, password_hash IS NOT NULL, coalesce(display_name, ''),"
        " (extract(epoch FROM create_time) * 1000000)::bigint,"
        " (extract(epoch FROM deactivate_time) * 1000000)::bigint"
        " FROM users WHERE user_id > $1 ORDER BY user_id LIMIT $2",
        std::string(after), limit);
    for (const pqxx::row& row : rows) {
      UserSummary& user = users.emplace_back();
      user.user_id = row[0].as<std::string>();
      user.has_password = row[1].as<bool>();
      user.display_name = row[2].as<std::string>();
      user.create_time = TimeFromMicros(row[3]);
      if (!row[4].is_null()) user.deactivate_time = TimeFromMicros(row[4]);
    }
    return absl::OkStatus();
  }));
  return users;
}

absl::Status PostgresUserStore::PutDevice(const StoredDevice& device,
                                          absl::Time create_time) {
  return pool_.Run([&](pqxx::work& work) -> absl::Status {
    // The lock keeps a deactivation from passing by, and other devices of the
    // user from being counted too late.
    pqxx::result rows = work.exec_params(
        "SELECT 1 FROM users WHERE user_id = $1 AND deactivate_time IS NULL"
        " FOR UPDATE",
        device.user_id.str());
    if (rows.empty()) return absl::NotFoundError("no such user");
    rows = work.exec_params(
        "SELECT count(*) FROM devices WHERE user_id = $1 AND device_id <> $2",
        device.user_id.str(), device.device_id);
    if (rows[0][0].as<size_t>() >= kDevicesPerUserMax) {
      return absl::ResourceExhaustedError("too many devices");
    }
    InsertDevice(work, device, create_time);
    return absl::OkStatus();
  });
}

absl::StatusOr<std::optional<StoredDevice>> PostgresUserStore::FindToken(
    absl::string_view access_token_sha256) {
  std::optional<StoredDevice> device;
  CAUSEWAY_RETURN_IF_ERROR(
      pool_.Read([&](pqxx::transaction_base& work) -> absl::Status {
        pqxx::result rows =
            work.exec_prepared(kFindToken, SqlBytes(access_token_sha256));
        if (rows.empty()) return absl::OkStatus();
        CAUSEWAY_ASSIGN_OR_RETURN(
            matrix::UserId user_id,
            matrix::UserId::Parse(rows[0][0].as<std::string>()));
        device = StoredDevice{
            .user_id = std::move(user_id),
            .device_id = rows[0][1].as<std::string>(),
            .display_name = "",
            .access_token_sha256 = std::string(access_token_sha256)};
        if (!rows[0][2].is_null()) {
          device->origin =
              TokenOrigin{.appservice_uid = rows[0][2].as<std::string>(),
                          .registry_revision = rows[0][3].as<int64_t>()};
        }
        return absl::OkStatus();
      }));
  return device;
}

absl::Status PostgresUserStore::DeleteDevice(
    absl::string_view access_token_sha256) {
  return pool_.Run([&](pqxx::work& work) -> absl::Status {
    work.exec_params0("DELETE FROM devices WHERE access_token_sha256 = $1",
                      SqlBytes(access_token_sha256));
    return absl::OkStatus();
  });
}

absl::Status PostgresUserStore::DeleteAllDevices(
    const matrix::UserId& user_id) {
  return pool_.Run([&](pqxx::work& work) -> absl::Status {
    work.exec_params0("DELETE FROM devices WHERE user_id = $1", user_id.str());
    return absl::OkStatus();
  });
}

absl::StatusOr<std::vector<StoredDevice>> PostgresUserStore::ListDevices(
    const matrix::UserId& user_id) {
  std::vector<StoredDevice> devices;
  CAUSEWAY_RETURN_IF_ERROR(pool_.Read([&](pqxx::transaction_base& work)
                                          -> absl::Status {
    for (const pqxx::row& row : work.exec_params(
             "SELECT device_id, display_name FROM devices WHERE user_id = $1"
             " ORDER BY device_id",
             user_id.str())) {
      devices.push_back(DeviceFromRow(user_id, row));
    }
    return absl::OkStatus();
  }));
  return devices;
}

absl::StatusOr<std::optional<StoredDevice>> PostgresUserStore::FindDevice(
    const matrix::UserId& user_id, absl::string_view device_id) {
  std::optional<StoredDevice> device;
  CAUSEWAY_RETURN_IF_ERROR(
      pool_.Read([&](pqxx::transaction_base& work) -> absl::Status {
        pqxx::result rows = work.exec_params(
            "SELECT device_id, display_name,"
            " access_token_sha256 IS NOT NULL AND appservice_uid IS NULL"
            " FROM devices WHERE user_id = $1 AND device_id = $2",
            user_id.str(), std::string(device_id));
        if (rows.empty()) return absl::OkStatus();
        device = DeviceFromRow(user_id, rows[0]);
        device->is_persons = rows[0][2].as<bool>();
        return absl::OkStatus();
      }));
  return device;
}

absl::Status PostgresUserStore::RenameDevice(const matrix::UserId& user_id,
                                             absl::string_view device_id,
                                             absl::string_view display_name) {
  return pool_.Run([&](pqxx::work& work) -> absl::Status {
    pqxx::result updated = work.exec_params(
        "UPDATE devices SET display_name = $3"
        " WHERE user_id = $1 AND device_id = $2",
        user_id.str(), std::string(device_id), std::string(display_name));
    return updated.affected_rows() == 0 ? absl::NotFoundError("no such device")
                                        : absl::OkStatus();
  });
}

absl::Status PostgresUserStore::DeleteDevices(
    const matrix::UserId& user_id, const std::vector<std::string>& device_ids) {
  return pool_.Run([&](pqxx::work& work) -> absl::Status {
    for (const std::string& device_id : device_ids) {
      work.exec_params0(
          "DELETE FROM devices WHERE user_id = $1 AND device_id = $2",
          user_id.str(), device_id);
    }
    return absl::OkStatus();
  });
}

}  // namespace causeway::homeserver
