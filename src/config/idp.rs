//! The setting `idp`: issuers whose users may call, one table each.

use figment::value::{Dict, Value};
use serde::Deserialize;

use super::{MASK, Secret, Setting, quoted};

/// One issuer, as `[[idp]]` says it.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Idp {
    /// Its URL, exactly as it names itself.
    pub issuer: String,
    /// As which client it knows us.
    pub client_id: String,
    /// What proves us to it; a public client has none.
    pub client_secret: Option<Secret>,
    /// The Domain whose users it has; without one the platform's.
    pub domain_id: Option<String>,
    /// Audiences beside `client_id` whose tokens are taken.
    #[serde(default)]
    pub audiences: Vec<String>,
    /// Hosts beside the issuer's own at which it may have its keys and its token endpoint.
    #[serde(default)]
    pub hosts: Vec<String>,
}

/// All of them.
#[derive(Clone, Default, Deserialize)]
#[serde(transparent)]
pub struct Idps(pub Vec<Idp>);

impl Idp {
    fn members(&self, secret: Option<&str>) -> Vec<(&'static str, Value)> {
        let list =
            |items: &[String]| Value::from(items.iter().map(|item| Value::from(item.as_str())).collect::<Vec<_>>());
        let mut members = vec![
            ("issuer", Value::from(self.issuer.as_str())),
            ("client_id", Value::from(self.client_id.as_str())),
            ("audiences", list(&self.audiences)),
            ("hosts", list(&self.hosts)),
        ];
        members.extend(secret.map(|secret| ("client_secret", Value::from(secret))));
        members.extend(self.domain_id.as_deref().map(|id| ("domain_id", Value::from(id))));
        members
    }
}

// Without `Serialize`, like every setting that holds a secret.
impl Setting for Idps {
    const SECRET: bool = true;
    const EXPECTED: &str =
        "must be tables with issuer and client_id, and nothing but client_secret, domain_id, audiences, hosts";

    fn layered(&self) -> Result<Value, String> {
        let tables = self.0.iter().map(|idp| {
            let members = idp.members(idp.client_secret.as_ref().map(Secret::expose));
            Value::from(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Dict>())
        });
        Ok(Value::from(tables.collect::<Vec<_>>()))
    }

    fn shown(&self) -> String {
        let tables = self.0.iter().map(|idp| {
            let list = |items: &[String]| items.iter().map(|item| quoted(item)).collect::<Vec<_>>().join(", ");
            let mut members =
                vec![format!("issuer = {}", quoted(&idp.issuer)), format!("client_id = {}", quoted(&idp.client_id))];
            members.extend(idp.client_secret.as_ref().map(|_| format!("client_secret = {}", quoted(MASK))));
            members.extend(idp.domain_id.as_ref().map(|id| format!("domain_id = {}", quoted(id))));
            members.push(format!("audiences = [{}]", list(&idp.audiences)));
            members.push(format!("hosts = [{}]", list(&idp.hosts)));
            format!("{{ {} }}", members.join(", "))
        });
        format!("[{}]", tables.collect::<Vec<_>>().join(", "))
    }
}
