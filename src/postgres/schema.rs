//! The tables as diesel sees them: a mirror of the migrated database, written by `make schema`.
#![allow(missing_docs)]

diesel::table! {
    address_pools (id) {
        id -> Uuid,
        domain_id -> Uuid,
        range -> Cidr,
        next_address -> Nullable<Inet>,
    }
}

diesel::table! {
    api_tokens (id) {
        id -> Uuid,
        identity_ref -> Text,
        env_prefix -> Text,
        secret_hash -> Bytea,
        issued_by_token_id -> Nullable<Uuid>,
        issued_by -> Nullable<Text>,
        issued_at -> Timestamptz,
        expires_at -> Timestamptz,
        revoked_at -> Nullable<Timestamptz>,
        last_used_at -> Nullable<Timestamptz>,
        secret_version -> Int4,
    }
}

diesel::table! {
    audit_chain (chain_id, seq) {
        chain_id -> Uuid,
        seq -> Int8,
        at -> Timestamptz,
        subject -> Text,
        action -> Text,
        object -> Text,
        decision -> Text,
        reason -> Nullable<Text>,
        correlation_id -> Text,
        prev_hash -> Bytea,
        hash -> Bytea,
    }
}

diesel::table! {
    audit_entries (id) {
        id -> Int8,
        domain_id -> Nullable<Uuid>,
        at -> Timestamptz,
        subject -> Text,
        action -> Text,
        object -> Text,
        decision -> Text,
        reason -> Nullable<Text>,
        correlation_id -> Text,
    }
}

diesel::table! {
    audit_heads (chain_id) {
        chain_id -> Uuid,
        seq -> Int8,
        hash -> Bytea,
        signed_at -> Timestamptz,
        key_id -> Uuid,
        signature -> Bytea,
    }
}

diesel::table! {
    audit_keys (key_id) {
        key_id -> Uuid,
        chain_id -> Uuid,
        public_key -> Bytea,
        sealed_public_key -> Bytea,
        sealed_private_key -> Nullable<Bytea>,
        master_key_version -> Int4,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    audit_pseudonym_keys (chain_id) {
        chain_id -> Uuid,
        sealed_key -> Bytea,
        master_key_version -> Int4,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    bootstrap_tokens (id) {
        id -> Uuid,
        project_id -> Uuid,
        kind -> Text,
        env_prefix -> Text,
        secret_hash -> Bytea,
        node_id -> Nullable<Uuid>,
        issued_at -> Timestamptz,
        expires_at -> Timestamptz,
        consumed_at -> Nullable<Timestamptz>,
        revoked_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    credential_changes (id) {
        id -> Int8,
        credential_id -> Uuid,
        changed_at -> Timestamptz,
    }
}

diesel::table! {
    domains (id) {
        id -> Uuid,
        name -> Text,
        slug -> Text,
        mesh_cidr -> Cidr,
        region -> Nullable<Text>,
        heartbeat_interval_ms -> Int8,
        stale_after_ms -> Int8,
        unreachable_after_ms -> Int8,
        endpoint_ttl_seconds -> Int4,
        rotation_expiry_seconds -> Int4,
        mesh_version -> Int8,
        revision -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    event_log (sequence) {
        sequence -> Int8,
        id -> Uuid,
        scope_kind -> Text,
        scope_id -> Uuid,
        domain_id -> Uuid,
        event_type -> Text,
        line -> Text,
        appended_at -> Timestamptz,
    }
}

diesel::table! {
    event_log_head (only_row) {
        only_row -> Bool,
        last_sequence -> Int8,
    }
}

diesel::table! {
    event_log_oldest (only_row) {
        only_row -> Bool,
        first_sequence -> Int8,
    }
}

diesel::table! {
    identities (id) {
        id -> Uuid,
        kind -> Text,
        issuer -> Nullable<Text>,
        subject -> Nullable<Text>,
        domain_id -> Nullable<Uuid>,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    idp_bindings (id) {
        id -> Uuid,
        issuer -> Text,
        client_id -> Text,
        sealed_client_secret -> Nullable<Bytea>,
        master_key_version -> Nullable<Int4>,
        domain_id -> Nullable<Uuid>,
        audiences -> Jsonb,
        hosts -> Jsonb,
        created_at -> Timestamptz,
        disabled_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    installation (only_row) {
        only_row -> Bool,
        alive_at -> Nullable<Timestamptz>,
        recovered_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    integrity_violations (id) {
        id -> Uuid,
        node_id -> Uuid,
        domain_id -> Uuid,
        project_id -> Uuid,
        kind -> Text,
        detected_by -> Text,
        artifact_id -> Text,
        observed_checksum -> Nullable<Bytea>,
        expected_checksum -> Nullable<Bytea>,
        observed_fingerprint -> Nullable<Text>,
        expected_fingerprint -> Nullable<Text>,
        status -> Text,
        reported_at -> Timestamptz,
        acknowledged_at -> Nullable<Timestamptz>,
        acknowledged_reason -> Nullable<Text>,
    }
}

diesel::table! {
    leases (name) {
        name -> Text,
        holder -> Uuid,
        epoch -> Int8,
        expires_at -> Timestamptz,
    }
}

diesel::table! {
    node_capabilities (node_id) {
        node_id -> Uuid,
        project_id -> Uuid,
        binary_version -> Text,
        binary_checksum -> Bytea,
        ssh_host_key_fingerprint -> Nullable<Text>,
        declared_hooks -> Jsonb,
        plexd_hooks -> Jsonb,
        builtin_actions -> Jsonb,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    node_handshakes (node_id) {
        node_id -> Uuid,
        peers -> Jsonb,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    node_liveness (node_id) {
        node_id -> Uuid,
        domain_id -> Uuid,
        last_heartbeat_at -> Nullable<Timestamptz>,
        state -> Int2,
        changed_at -> Timestamptz,
        state_before -> Int2,
        nsk_flagged -> Bool,
        nsk_expires_at -> Nullable<Timestamptz>,
        binary_version -> Nullable<Text>,
        binary_checksum -> Nullable<Bytea>,
        nat_summary -> Nullable<Jsonb>,
        rotation_pending_until -> Nullable<Timestamptz>,
        events_delivered -> Int8,
        state_pulled -> Int8,
    }
}

diesel::table! {
    node_secret_keys (id) {
        id -> Uuid,
        node_id -> Uuid,
        env -> Text,
        key_hash -> Bytea,
        issued_at -> Timestamptz,
        expires_at -> Nullable<Timestamptz>,
        flagged_at -> Nullable<Timestamptz>,
        revoked_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    node_state_entries (node_id, kind, key) {
        node_id -> Uuid,
        kind -> Int2,
        key -> Text,
        value -> Text,
        workload_tag -> Nullable<Text>,
    }
}

diesel::table! {
    nodes (id) {
        id -> Uuid,
        domain_id -> Uuid,
        project_id -> Uuid,
        kind -> Text,
        resource_handle -> Text,
        mesh_ip -> Inet,
        pool_id -> Uuid,
        public_key -> Bytea,
        psk_epoch -> Int8,
        enrolled_at -> Timestamptz,
        drained_at -> Nullable<Timestamptz>,
        deregistered_at -> Nullable<Timestamptz>,
        state_revision -> Int8,
        key_rotation_id -> Nullable<Uuid>,
    }
}

diesel::table! {
    outbox (position) {
        position -> Int8,
        scope_kind -> Text,
        scope_id -> Uuid,
        domain_id -> Uuid,
        event_type -> Text,
        payload -> Jsonb,
        created_at -> Timestamptz,
        signing_key_id -> Nullable<Uuid>,
    }
}

diesel::table! {
    outbox_dead_letters (position) {
        position -> Int8,
        scope_kind -> Text,
        scope_id -> Uuid,
        domain_id -> Uuid,
        event_type -> Text,
        payload -> Jsonb,
        created_at -> Timestamptz,
        signing_key_id -> Nullable<Uuid>,
        reason -> Text,
        buried_at -> Timestamptz,
    }
}

diesel::table! {
    peer_endpoints (node_id) {
        node_id -> Uuid,
        domain_id -> Uuid,
        endpoint -> Nullable<Text>,
        nat_type -> Nullable<Int2>,
        reported_at -> Nullable<Timestamptz>,
        refreshed_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    peer_key_rotations (id) {
        id -> Uuid,
        node_id -> Uuid,
        domain_id -> Uuid,
        state -> Text,
        triggered_at -> Timestamptz,
        expires_at -> Timestamptz,
        ended_at -> Nullable<Timestamptz>,
        kid -> Nullable<Uuid>,
        wrap_key_version -> Nullable<Int4>,
        public_key -> Nullable<Bytea>,
    }
}

diesel::table! {
    peer_relays (node_id) {
        node_id -> Uuid,
        domain_id -> Uuid,
        relay_node_id -> Uuid,
    }
}

diesel::table! {
    peers (id) {
        id -> Uuid,
        node_id -> Uuid,
        domain_id -> Uuid,
        created_at -> Timestamptz,
        retired_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    pre_shared_keys (kid) {
        kid -> Uuid,
        node_id -> Uuid,
        psk_epoch -> Int8,
        sealed_psk -> Bytea,
        wrap_key_version -> Int4,
        issued_at -> Timestamptz,
        retired_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    projects (id) {
        id -> Uuid,
        domain_id -> Uuid,
        name -> Text,
        slug -> Text,
        sub_range_cidr -> Nullable<Cidr>,
        revision -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    registration_nonces (project_id, nonce) {
        project_id -> Uuid,
        nonce -> Text,
        used_at -> Timestamptz,
    }
}

diesel::table! {
    relation_changes (id) {
        id -> Int8,
        transaction_id -> Int8,
        change -> Int2,
        tuple_id -> Nullable<Uuid>,
        object_type -> Text,
        object_id -> Text,
        relation -> Text,
        subject_type -> Text,
        subject_id -> Text,
        subject_relation -> Text,
        changed_at -> Timestamptz,
    }
}

diesel::table! {
    relation_tuples (id) {
        id -> Uuid,
        object_type -> Text,
        object_id -> Text,
        relation -> Text,
        subject_type -> Text,
        subject_id -> Text,
        subject_relation -> Text,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    relations_carried (target) {
        target -> Text,
        snapshot -> Text,
        origin -> Text,
        read_at -> Timestamptz,
        write_id -> Text,
        zed_token -> Text,
    }
}

diesel::table! {
    released_addresses (pool_id, address) {
        pool_id -> Uuid,
        address -> Inet,
        free_at -> Timestamptz,
    }
}

diesel::table! {
    sessions (id) {
        id -> Uuid,
        secret_hash -> Bytea,
        identity_id -> Uuid,
        issued_at -> Timestamptz,
        last_seen_at -> Timestamptz,
        idle_seconds -> Int4,
        expires_at -> Timestamptz,
        revoked_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    sign_in_flows (state_hash) {
        state_hash -> Bytea,
        cookie_hash -> Bytea,
        issuer -> Text,
        sealed_secrets -> Bytea,
        master_key_version -> Int4,
        return_to -> Text,
        expires_at -> Timestamptz,
    }
}

diesel::table! {
    signing_keys (key_id) {
        key_id -> Uuid,
        domain_id -> Uuid,
        public_key -> Bytea,
        sealed_private_key -> Bytea,
        master_key_version -> Int4,
        state -> Text,
        created_at -> Timestamptz,
        transition_expires -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    spent_sign_ins (state_hash) {
        state_hash -> Bytea,
        expires_at -> Timestamptz,
    }
}

diesel::table! {
    wrap_keys (domain_id, version) {
        domain_id -> Uuid,
        version -> Int4,
        sealed_key -> Bytea,
        master_key_version -> Int4,
        created_at -> Timestamptz,
        settled_at -> Nullable<Timestamptz>,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    address_pools,
    api_tokens,
    audit_chain,
    audit_entries,
    audit_heads,
    audit_keys,
    audit_pseudonym_keys,
    bootstrap_tokens,
    credential_changes,
    domains,
    event_log,
    event_log_head,
    event_log_oldest,
    identities,
    idp_bindings,
    installation,
    integrity_violations,
    leases,
    node_capabilities,
    node_handshakes,
    node_liveness,
    node_secret_keys,
    node_state_entries,
    nodes,
    outbox,
    outbox_dead_letters,
    peer_endpoints,
    peer_key_rotations,
    peer_relays,
    peers,
    pre_shared_keys,
    projects,
    registration_nonces,
    relation_changes,
    relation_tuples,
    relations_carried,
    released_addresses,
    sessions,
    sign_in_flows,
    signing_keys,
    spent_sign_ins,
    wrap_keys,
);
