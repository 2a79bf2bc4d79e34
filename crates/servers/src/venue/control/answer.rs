//! How the control port answers.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// Why the control port says no.
#[derive(Debug)]
pub(super) struct Refused {
    status: StatusCode,
    why: String,
}

#[expect(clippy::needless_pass_by_value, reason = "an error ends here")]
impl Refused {
    pub(super) fn bad(why: impl ToString) -> Self {
        Self { status: StatusCode::BAD_REQUEST, why: why.to_string() }
    }

    pub(super) fn unknown(why: impl ToString) -> Self {
        Self { status: StatusCode::NOT_FOUND, why: why.to_string() }
    }

    pub(super) fn failed(why: impl ToString) -> Self {
        Self { status: StatusCode::INTERNAL_SERVER_ERROR, why: why.to_string() }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (self.status, Json(json!({ "error": self.why }))).into_response()
    }
}

pub(super) type Answer = Result<Json<Value>, Refused>;

pub(super) fn done() -> Answer {
    Ok(Json(json!({})))
}
