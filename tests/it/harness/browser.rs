//! A browser, as far as signing in needs one: it keeps cookies, is sent on, and fills in the provider's forms.

use std::collections::BTreeMap;

use http::{HeaderMap, Method};
use serde_json::Value;

use super::provider::{PUBLIC_URL, Provider};
use super::{Answer, Client, Cluster, Followed, Harness};

/// Cookies by name.
#[derive(Clone, Default)]
pub struct Jar(BTreeMap<String, String>);

impl Jar {
    fn take(&mut self, headers: &HeaderMap) {
        for cookie in headers.get_all("set-cookie") {
            let (pair, attributes) = cookie.to_str().unwrap().split_once(';').unwrap_or((cookie.to_str().unwrap(), ""));
            let (name, value) = pair.split_once('=').unwrap();
            let gone = value.is_empty() || attributes.contains("Max-Age=0") || attributes.contains("01 Jan 1970");
            if gone {
                self.0.remove(name);
            } else {
                self.0.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    pub fn set(&mut self, name: &str, value: &str) {
        self.0.insert(name.to_owned(), value.to_owned());
    }

    /// As a request carries them.
    pub fn header(&self) -> String {
        self.0.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }
}

/// One browser.
#[derive(Clone)]
pub struct Browser {
    server: Client,
    web: reqwest::Client,
    /// Of the server under test.
    pub cookies: Jar,
    /// Of the provider.
    theirs: Jar,
}

impl Browser {
    pub fn new(h: &Harness) -> Self {
        let ca = std::fs::read(&Cluster::certificates().ca_file).unwrap();
        let web = reqwest::Client::builder()
            .tls_certs_only([reqwest::Certificate::from_pem(&ca).unwrap()])
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        Self { server: h.anonymous(), web, cookies: Jar::default(), theirs: Jar::default() }
    }

    /// The same browser at another replica.
    pub fn at(&self, address: std::net::SocketAddr) -> Self {
        Self { server: self.server.at(address), ..self.clone() }
    }

    /// A request of a page of the server's own: with its cookies, and with what shows that it is one.
    pub async fn ask(&mut self, method: Method, path: &str) -> Answer {
        let csrf = self.cookies.get("plexsphere_csrf").unwrap_or_default().to_owned();
        self.ask_with(method, path, &[("x-plexsphere-csrf", &csrf), ("origin", PUBLIC_URL)]).await
    }

    /// A request with the cookies and these headers.
    pub async fn ask_with(&mut self, method: Method, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = self.server.request(method, path).header("cookie", self.cookies.header());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = self.server.send(request).await;
        self.cookies.take(&answer.headers);
        answer
    }

    /// Opens an event stream with the cookies.
    pub async fn follow(&self, path: &str) -> Followed {
        let request = self.server.request(Method::GET, path).header("cookie", self.cookies.header());
        Client::follow_request(path, request).await
    }

    /// Begins to sign in; returns where the browser is sent.
    pub async fn set_out(&mut self, body: &Value) -> String {
        let answer = self.server.post("/v1/auth/sign-in", body).await;
        answer.expect(302);
        self.cookies.take(&answer.headers);
        answer.header("location").unwrap().to_owned()
    }

    /// Signs in at the provider as `user`; returns the path of the server that it sends the browser back to.
    pub async fn visit(&mut self, provider: &Provider, place: &str, user: &str) -> String {
        let mut place = place.to_owned();
        let mut form: Option<String> = None;
        for _ in 0..20 {
            if let Some(back) = place.strip_prefix(PUBLIC_URL) {
                return back.to_owned();
            }
            if !place.starts_with("https://") {
                place = format!("{}{place}", provider.issuer);
            }
            assert!(place.starts_with(&provider.issuer), "{place}");
            let request = match form.take() {
                Some(form) => {
                    self.web.post(&place).header("content-type", "application/x-www-form-urlencoded").body(form)
                }
                None => self.web.get(&place),
            };
            let answer = request.header("cookie", self.theirs.header()).send().await.unwrap();
            self.theirs.take(answer.headers());
            if let Some(on) = answer.headers().get("location") {
                place = on.to_str().unwrap().to_owned();
                continue;
            }
            let page = answer.text().await.unwrap();
            form = Some(if page.contains("value=\"login\"") {
                format!("prompt=login&login={user}&password=any")
            } else {
                assert!(page.contains("value=\"consent\""), "{page}");
                "prompt=consent".to_owned()
            });
        }
        panic!("the provider sends the browser in circles");
    }

    /// Goes where the provider has sent it.
    pub async fn come_back(&mut self, path: &str) -> Answer {
        self.ask_with(Method::GET, path, &[]).await
    }

    /// The whole way.
    pub async fn sign_in(&mut self, provider: &Provider, body: &Value, user: &str) -> Answer {
        let place = self.set_out(body).await;
        let back = self.visit(provider, &place, user).await;
        self.come_back(&back).await
    }
}
