//! Is anybody there, and what time is it?

use serde::Serialize;

use super::super::context::text;
use super::super::{ApiError, Context};

/// `GET /api/v3/ping`.
pub(in super::super) fn ping(context: &mut Context<'_>) -> Result<String, ApiError> {
    context.params.done()?;
    Ok("{}".to_owned())
}

/// `GET /api/v3/time`.
pub(in super::super) fn time(context: &mut Context<'_>) -> Result<String, ApiError> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Time {
        server_time: i64,
    }
    context.params.done()?;
    Ok(text(&Time { server_time: context.unit.of(context.server_time) }))
}
