//! Is anybody there, what time is it, is the venue being mended?

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

/// `GET /sapi/v1/system/status`.
pub(in super::super) fn system_status(context: &mut Context<'_>) -> Result<String, ApiError> {
    context.params.done()?;
    let normal = r#"{"status":0,"msg":"normal"}"#;
    let maintenance = r#"{"status":1,"msg":"system_maintenance"}"#;
    Ok(if context.maintenance { maintenance } else { normal }.to_owned())
}
