use serde::Deserialize;

use crate::{
    filter::Filter,
    mapping::{Form, Mapping, ObjectForm, Quality, Retained, Time},
    template::{FieldPath, Template, TemplateError},
};

/// One `[[topics]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    filter: String,
    qos: Option<u8>,
    device: Option<String>,
    values: Option<String>,
    value: Option<String>,
    time: Option<String>,
    id: Option<String>,
    #[serde(default)]
    retained: RetainedWord,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum RetainedWord {
    #[default]
    Skip,
    Take,
}

impl Table {
    /// The mapping; `None` only if `mistakes` were found. `number` is its place in the file, from 1.
    pub(super) fn check(&self, number: usize, mistakes: &mut Vec<String>) -> Option<Mapping> {
        let before = mistakes.len();
        let mut wrong = |what: String| mistakes.push(format!("topics {number}: {what}"));
        let filter = Filter::parse(&self.filter).map_err(|why| wrong(why.to_string())).ok()?;
        let quality = match self.qos {
            None | Some(1) => Quality::AtLeastOnce,
            Some(0) => Quality::AtMostOnce,
            Some(qos) => {
                wrong(format!(
                    "qos is {qos}: allowed are 0 and 1 (with 1 nothing is lost, and the service \
                     counts a reading that comes twice once)"
                ));
                Quality::default()
            }
        };
        let form = self.form(&filter).map_err(&mut wrong).ok();
        let time = self.time().map_err(&mut wrong).ok();
        if let (Some(Form::Bare { .. } | Form::Reading), Some(Time::Field(_))) = (&form, &time) {
            wrong("time names a field, which only goes with `device` and without `value`".into());
        }
        if mistakes.len() > before {
            return None;
        }
        let retained = match self.retained {
            RetainedWord::Skip => Retained::Skip,
            RetainedWord::Take => Retained::Take,
        };
        Some(Mapping { filter, quality, form: form?, time: time?, retained })
    }

    fn form(&self, filter: &Filter) -> Result<Form, String> {
        let template = |name: &str, text: &str| {
            let template = Template::parse(text, filter.wildcards());
            template.map_err(|why| format!("{name}: {why}"))
        };
        let Some(device) = &self.device else {
            if self.values.is_some() || self.value.is_some() || self.id.is_some() {
                return Err("`device` is missing: without it the payload has to be a whole \
                            reading, and `value`, `values` and `id` have no meaning"
                    .to_owned());
            }
            return Ok(Form::Reading);
        };
        let device = template("device", device)?;
        let Some(value) = &self.value else {
            let values = self.values.as_deref().map(FieldPath::parse).transpose();
            let values = values.map_err(|why| format!("values: {why}"))?;
            let id = self.id.as_deref().map(|id| template("id", id)).transpose()?;
            return Ok(Form::Object(ObjectForm { device, values, id }));
        };
        if self.values.is_some() || self.id.is_some() {
            return Err("`value` is for a payload that is one bare value, and goes with neither \
                        `values` nor `id`"
                .to_owned());
        }
        let value = template("value", value)?;
        if device.fields().chain(value.fields()).next().is_some() {
            return Err("with `value` the payload has no fields: `device` and `value` can only \
                        use {1}, {2}, … of the filter"
                .to_owned());
        }
        Ok(Form::Bare { device, value })
    }

    fn time(&self) -> Result<Time, String> {
        match self.time.as_deref() {
            None => Ok(Time::Either),
            Some("arrival") => Ok(Time::Arrival),
            Some(text) => {
                let template = Template::parse(text, 0)
                    .map_err(|why: TemplateError| format!("time: {why}"))?;
                template.as_field().cloned().map(Time::Field).ok_or_else(|| {
                    format!("time is {text:?}: allowed are \"arrival\" and a field, as \"{{ts}}\"")
                })
            }
        }
    }
}
