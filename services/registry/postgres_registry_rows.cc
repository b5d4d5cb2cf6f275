#include "services/registry/postgres_registry_rows.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "services/registry/registration_json.h"
#include "services/registry/registry_sql.h"
#include "services/shared/namespaces/namespace_kind.h"

namespace causeway::registry {
namespace {

using namespaces::FieldName;
using namespaces::NamespaceKind;
using nlohmann::json;

constexpr NamespaceKind kKinds[] = {
    NamespaceKind::kUsers, NamespaceKind::kAliases, NamespaceKind::kRooms};

NamespaceKind KindFromText(const std::string& text) {
  for (NamespaceKind kind : kKinds) {
    if (FieldName(kind) == text) return kind;
  }
  throw std::invalid_argument(absl::StrCat("namespace kind ", text));
}

std::string KindToText(NamespaceKind kind) {
  return std::string(FieldName(kind));
}

std::string BytesOf(const pqxx::field& field) {
  return pqxx::binarystring(field).str();
}

absl::Time TimeOf(const pqxx::field& field) {
  return absl::FromUnixMicros(field.as<int64_t>());
}

absl::Time TimeOrNeverOf(const pqxx::field& field) {
  return field.is_null() ? absl::InfiniteFuture() : TimeOf(field);
}

constexpr char kAppserviceColumns[] = R"sql(
    a.uid, a.id, a.grant_name, g.as_token_sha256, g.private_networks_allowed,
    (extract(epoch FROM g.expire_time) * 1000000)::bigint AS expire_micros,
    a.url, a.hs_token_sealed,
    a.sender_localpart, a.rate_limited, a.protocols, a.receive_ephemeral,
    a.dialect, a.revision, a.extra_fields_yaml, a.previous_hs_token_sealed,
    (extract(epoch FROM a.previous_hs_token_until) * 1000000)::bigint
      AS previous_until_micros,
    (extract(epoch FROM a.create_time) * 1000000)::bigint AS create_micros,
    (extract(epoch FROM a.update_time) * 1000000)::bigint AS update_micros,
    (SELECT coalesce(jsonb_agg(jsonb_build_array(n.kind, n.regex, n.exclusive)
                               ORDER BY n.position), '[]')
     FROM namespaces n WHERE n.appservice_uid = a.uid) AS namespaces
)sql";

constexpr char kGrantColumns[] = R"sql(
    g.name, g.as_token_sha256, g.url_prefix,
    coalesce(nullif(g.sender_localpart, ''), g.name) AS grant_sender_localpart,
    (extract(epoch FROM g.create_time) * 1000000)::bigint AS create_micros,
    g.allow_broad, g.private_networks_allowed,
    (extract(epoch FROM g.expire_time) * 1000000)::bigint AS expire_micros,
    (SELECT coalesce(jsonb_agg(jsonb_build_array(c.kind, c.regex, c.exclusive)
                               ORDER BY c.position), '[]')
     FROM ceilings c WHERE c.grant_name = g.name) AS ceilings
)sql";

constexpr char kPendingRequestColumns[] = R"sql(
    p.pending_id, p.grant_name, p.wanted, p.hs_token_sealed, p.differences,
    (extract(epoch FROM p.create_time) * 1000000)::bigint AS create_micros
)sql";

constexpr char kAuditRecordColumns[] = R"sql(
    r.record_id, r.revision, r.actor, r.action, r.request_id, r.reason,
    (extract(epoch FROM r.create_time) * 1000000)::bigint AS create_micros,
    r.before, r.after
)sql";

// From `first` on, ascending.
std::vector<int64_t> SelectKnownRevisions(pqxx::work& work, int64_t first) {
  std::vector<int64_t> revisions;
  for (const pqxx::row& row :
       work.exec_prepared(registry_sql::kListKnownRevisions, first)) {
    revisions.push_back(row[0].as<int64_t>());
  }
  return revisions;
}

}  // namespace

std::string SelectAppservices(absl::string_view rest) {
  return absl::StrCat("SELECT ", kAppserviceColumns,
                      "FROM appservices a JOIN grants g ON g.name = "
                      "a.grant_name ",
                      rest);
}

std::string SelectGrants(absl::string_view rest) {
  return absl::StrCat("SELECT ", kGrantColumns,
                      ", coalesce(a.id, '') AS appservice_id ",
                      "FROM grants g LEFT JOIN appservices a ON a.grant_name = "
                      "g.name ",
                      rest);
}

std::string SelectPendingRequests(absl::string_view rest) {
  return absl::StrCat("SELECT ", kPendingRequestColumns,
                      " FROM pending_requests p ", rest);
}

std::string SelectAuditRecords(absl::string_view rest) {
  return absl::StrCat("SELECT ", kAuditRecordColumns, " FROM audit_records r ",
                      rest);
}

Appservice AppserviceFromRow(const pqxx::row& row) {
  Appservice appservice;
  appservice.uid = row["uid"].as<int64_t>();
  appservice.grant_name = row["grant_name"].c_str();
  appservice.as_token_sha256 = BytesOf(row["as_token_sha256"]);
  appservice.private_networks_allowed =
      row["private_networks_allowed"].as<bool>();
  appservice.expire_time = TimeOrNeverOf(row["expire_micros"]);
  appservice.hs_token_sealed = BytesOf(row["hs_token_sealed"]);
  appservice.previous_hs_token_sealed =
      BytesOf(row["previous_hs_token_sealed"]);
  if (!row["previous_until_micros"].is_null()) {
    appservice.previous_hs_token_until = TimeOf(row["previous_until_micros"]);
  }
  appservice.revision = row["revision"].as<int64_t>();
  appservice.create_time = TimeOf(row["create_micros"]);
  appservice.update_time = TimeOf(row["update_micros"]);

  Registration& registration = appservice.registration;
  registration.id = row["id"].c_str();
  registration.url = row["url"].c_str();
  registration.sender_localpart = row["sender_localpart"].c_str();
  registration.extra_fields_yaml = row["extra_fields_yaml"].c_str();
  registration.rate_limited = row["rate_limited"].as<bool>();
  registration.receive_ephemeral = row["receive_ephemeral"].as<bool>();
  registration.protocols =
      json::parse(row["protocols"].c_str()).get<std::vector<std::string>>();
  registration.dialect =
      row["dialect"].c_str() == DialectToText(Dialect::kDraft) ? Dialect::kDraft
                                                               : Dialect::kV1;
  for (const json& ns : json::parse(row["namespaces"].c_str())) {
    registration.namespaces.push_back(
        {KindFromText(ns.at(0).get<std::string>()), ns.at(1).get<std::string>(),
         ns.at(2).get<bool>()});
  }
  return appservice;
}

std::vector<Appservice> AppservicesFromRows(const pqxx::result& rows) {
  std::vector<Appservice> appservices;
  appservices.reserve(rows.size());
  for (const pqxx::row& row : rows) {
    appservices.push_back(AppserviceFromRow(row));
  }
  return appservices;
}

Grant GrantFromRow(const pqxx::row& row) {
  Grant grant;
  grant.name = row["name"].c_str();
  grant.as_token_sha256 = BytesOf(row["as_token_sha256"]);
  grant.url_prefix = row["url_prefix"].c_str();
  grant.sender_localpart = row["grant_sender_localpart"].c_str();
  grant.create_time = TimeOf(row["create_micros"]);
  grant.allow_broad = row["allow_broad"].as<bool>();
  grant.private_networks_allowed = row["private_networks_allowed"].as<bool>();
  grant.expire_time = TimeOrNeverOf(row["expire_micros"]);
  for (const json& ceiling : json::parse(row["ceilings"].c_str())) {
    grant.ceilings
        .OfKind(KindFromText(ceiling.at(0).get<std::string>()),
                /*shared=*/!ceiling.at(2).get<bool>())
        .push_back(ceiling.at(1).get<std::string>());
  }
  return grant;
}

PendingRequest PendingRequestFromRow(const pqxx::row& row) {
  PendingRequest request;
  request.pending_id = row["pending_id"].as<int64_t>();
  request.grant_name = row["grant_name"].c_str();
  absl::StatusOr<Registration> wanted =
      RegistrationFromJson(row["wanted"].c_str());
  if (!wanted.ok()) throw std::invalid_argument(wanted.status().ToString());
  request.wanted = *std::move(wanted);
  request.hs_token_sealed = BytesOf(row["hs_token_sealed"]);
  request.create_time = TimeOf(row["create_micros"]);
  for (const json& one : json::parse(row["differences"].c_str())) {
    request.differences.push_back({one.at(0).get<std::string>(),
                                   one.at(1).get<std::string>(),
                                   one.at(2).get<std::string>()});
  }
  return request;
}

std::string DifferencesToJson(
    const std::vector<PendingRequest::Difference>& differences) {
  json list = json::array();
  for (const PendingRequest::Difference& one : differences) {
    list.push_back(json::array({one.field, one.witness, one.message}));
  }
  return list.dump();
}

StoredAuditRecord AuditRecordFromRow(const pqxx::row& row) {
  // As it was written: jsonb shows it with blanks and in another order.
  const auto object = [&row](const char* column) {
    return row[column].is_null() ? "" : json::parse(row[column].c_str()).dump();
  };
  StoredAuditRecord stored;
  stored.record_id = row["record_id"].as<int64_t>();
  stored.record.revision = row["revision"].as<int64_t>();
  stored.record.create_time = TimeOf(row["create_micros"]);
  stored.record.actor = row["actor"].c_str();
  stored.record.action = row["action"].c_str();
  stored.record.request_id = row["request_id"].c_str();
  stored.record.reason = row["reason"].c_str();
  stored.record.before_json = object("before");
  stored.record.after_json = object("after");
  return stored;
}

Changes SelectChanges(pqxx::work& work, int64_t revision, int64_t since) {
  Changes changes;
  changes.revision = revision;
  if (revision == since) return changes;
  changes.known = SelectKnownRevisions(work, since);
  if (changes.known.empty() || changes.known.front() != since ||
      changes.known.back() != revision) {
    changes.whole = true;
    since = 0;
    changes.known = SelectKnownRevisions(work, 0);
    // The release before this one made it, and remembers other removals.
    if (!changes.known.empty() && changes.known.back() != revision) {
      changes.known.clear();
    }
  } else {
    changes.known.erase(changes.known.begin());
  }
  changes.updated = AppservicesFromRows(
      work.exec_prepared(registry_sql::kListUpdated, since));
  std::sort(changes.updated.begin(), changes.updated.end(),
            [](const auto& a, const auto& b) { return a.uid < b.uid; });
  for (const pqxx::row& row :
       work.exec_prepared(registry_sql::kListRemovals, since)) {
    changes.removals.push_back(
        {row["uid"].as<int64_t>(), row["revision"].as<int64_t>()});
  }
  return changes;
}

std::string NamespacesToJson(const std::vector<Namespace>& namespaces) {
  json list = json::array();
  for (const Namespace& ns : namespaces) {
    list.push_back(json::array({KindToText(ns.kind), ns.regex, ns.exclusive}));
  }
  return list.dump();
}

std::string CeilingsToJson(const Ceilings& ceilings) {
  json list = json::array();
  for (NamespaceKind kind : kKinds) {
    for (const bool shared : {false, true}) {
      for (const std::string& regex : ceilings.OfKind(kind, shared)) {
        list.push_back(json::array({KindToText(kind), regex, !shared}));
      }
    }
  }
  return list.dump();
}

std::string ProtocolsToJson(const std::vector<std::string>& protocols) {
  return json(protocols).dump();
}

std::string DialectToText(Dialect dialect) {
  return dialect == Dialect::kDraft ? "draft" : "v1";
}

int64_t TimeToMicros(absl::Time time) { return absl::ToUnixMicros(time); }

int64_t FiniteTimeToMicros(absl::Time time) {
  const bool is_finite =
      time != absl::InfiniteFuture() && time != absl::InfinitePast();
  return is_finite ? TimeToMicros(time) : 0;
}

pqxx::binarystring Bytes(absl::string_view bytes) {
  return pqxx::binarystring(bytes.data(), bytes.size());
}

}  // namespace causeway::registry
