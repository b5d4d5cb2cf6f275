#include "services/registry/registry_sql.h"

#include "services/registry/postgres_registry_rows.h"

namespace causeway::registry::registry_sql {
namespace {

// By the clock, as uids are: of two histories that part after a backup, none
// has a revision of the other.
constexpr char kAdvanceRevisionSql[] = R"sql(
  UPDATE revision SET revision = greatest(
    revision + 1, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)
  RETURNING revision)sql";

constexpr char kForgetUnlessKnownSql[] = R"sql(
  DELETE FROM known_revisions
  WHERE NOT EXISTS (SELECT FROM known_revisions WHERE revision = $1))sql";

constexpr char kInsertGrantSql[] = R"sql(
  INSERT INTO grants
    (name, as_token_sha256, url_prefix, sender_localpart, create_time,
     allow_broad, private_networks_allowed, expire_time)
  VALUES ($1, $2, $3, $4,
          timestamptz 'epoch' + $5::bigint * interval '1 microsecond', $6, $7,
          timestamptz 'epoch' +
          nullif($8::bigint, 0) * interval '1 microsecond'))sql";

constexpr char kInsertCeilingsSql[] = R"sql(
  INSERT INTO ceilings (grant_name, position, kind, regex, exclusive)
  SELECT $1, position - 1, ceiling ->> 0, ceiling ->> 1,
         (ceiling ->> 2)::boolean
  FROM jsonb_array_elements($2::jsonb)
       WITH ORDINALITY AS list (ceiling, position))sql";

// By the clock: a database that was restored from a backup gives none again
// that others, push_dispatcher above all, know somebody else by. Changes come
// one after the other, so no two are of one microsecond.
constexpr char kNewUidSql[] = R"sql(
  SELECT greatest(
    nextval('appservice_uids'),
    (SELECT max(uid) + 1 FROM appservices),
    (extract(epoch FROM clock_timestamp()) * 1000000)::bigint))sql";

constexpr char kPutAppserviceSql[] = R"sql(
  INSERT INTO appservices
    (uid, id, grant_name, url, hs_token_sealed, sender_localpart,
     rate_limited, protocols, receive_ephemeral, dialect, revision,
     create_time, update_time, previous_hs_token_sealed,
     previous_hs_token_until, extra_fields_yaml)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11,
          timestamptz 'epoch' + $12::bigint * interval '1 microsecond',
          timestamptz 'epoch' + $13::bigint * interval '1 microsecond', $14,
          timestamptz 'epoch' +
          nullif($15::bigint, 0) * interval '1 microsecond', $16)
  ON CONFLICT (uid) DO UPDATE SET
    id = excluded.id, url = excluded.url,
    hs_token_sealed = excluded.hs_token_sealed,
    sender_localpart = excluded.sender_localpart,
    rate_limited = excluded.rate_limited,
    protocols = excluded.protocols,
    receive_ephemeral = excluded.receive_ephemeral,
    dialect = excluded.dialect, revision = excluded.revision,
    update_time = excluded.update_time,
    previous_hs_token_sealed = excluded.previous_hs_token_sealed,
    previous_hs_token_until = excluded.previous_hs_token_until,
    extra_fields_yaml = excluded.extra_fields_yaml)sql";

constexpr char kInsertNamespacesSql[] = R"sql(
  INSERT INTO namespaces (appservice_uid, position, kind, regex, exclusive)
  SELECT $1, position - 1, ns ->> 0, ns ->> 1, (ns ->> 2)::boolean
  FROM jsonb_array_elements($2::jsonb)
       WITH ORDINALITY AS list (ns, position))sql";

constexpr char kAddAuditRecordSql[] = R"sql(
  INSERT INTO audit_records
    (revision, create_time, actor, action, request_id, before, after, reason)
  VALUES ($1, timestamptz 'epoch' + $2::bigint * interval '1 microsecond',
          $3, $4, $5, nullif($6, '')::jsonb, nullif($7, '')::jsonb, $8))sql";

}  // namespace

std::vector<postgres::PreparedStatement> Statements() {
  return {
      {kAdvanceRevision, kAdvanceRevisionSql},
      {kForgetUnlessKnown, kForgetUnlessKnownSql},
      {kForgetRevisionsUpTo, "DELETE FROM known_revisions WHERE number <= $1"},
      {kAddKnownRevision,
       "INSERT INTO known_revisions (revision) VALUES ($1) RETURNING number"},
      {kListKnownRevisions,
       "SELECT revision FROM known_revisions WHERE revision >= $1"
       " ORDER BY revision"},
      // Not in the order of uids: all would be walked through in that order.
      {kListUpdated, SelectAppservices("WHERE a.revision > $1")},
      {kListRemovals,
       "SELECT uid, revision FROM removals WHERE revision > $1"
       " ORDER BY revision, uid"},
      {kFindGrant, SelectGrants("WHERE g.name = $1")},
      {kFindGrantByToken, SelectGrants("WHERE g.as_token_sha256 = $1")},
      {kInsertGrant, kInsertGrantSql},
      {kInsertCeilings, kInsertCeilingsSql},
      {kFindAppserviceByGrant, SelectAppservices("WHERE a.grant_name = $1")},
      {kNewUid, kNewUidSql},
      {kPutAppservice, kPutAppserviceSql},
      {kDeleteNamespaces, "DELETE FROM namespaces WHERE appservice_uid = $1"},
      {kInsertNamespaces, kInsertNamespacesSql},
      {kFindPendingByGrant, SelectPendingRequests("WHERE p.grant_name = $1")},
      {kAddAuditRecord, kAddAuditRecordSql},
  };
}

}  // namespace causeway::registry::registry_sql
