//! A browser that lacks something, or in which something fails, until the end of a test.

use js_sys::{Function, Object, Reflect};
use wasm_bindgen::JsValue;

/// A member of one of the browser's objects that is another one until this is dropped.
pub struct Patched {
    object: Object,
    name: &'static str,
    before: JsValue,
}

impl Patched {
    /// Makes `getter`, the body of a function, say what the member is. `path` leads from the global
    /// object to the member.
    pub fn get(path: &'static str, getter: &str) -> Self {
        Self::define(path, |_| ("get", Function::new_no_args(getter).into()))
    }

    /// Replaces a method by a function with this body, which has `args`, and knows the `original`.
    pub fn method(path: &'static str, body: &str) -> Self {
        let body = format!("return function (...args) {{ {body} }}");
        let wrap = Function::new_with_args("original", &body);
        Self::define(path, |original| ("value", wrap.call1(&JsValue::NULL, original).unwrap()))
    }

    fn define(
        path: &'static str,
        member: impl FnOnce(&JsValue) -> (&'static str, JsValue),
    ) -> Self {
        let (object, name) = match path.rsplit_once('.') {
            Some((owner, name)) => (find(owner), name),
            None => (js_sys::global(), path),
        };
        let before = Reflect::get_own_property_descriptor(&object, &name.into()).unwrap();
        let original = Reflect::get(&before, &"value".into()).unwrap_or_default();
        let descriptor = Object::new();
        for (key, value) in [member(&original), ("configurable", JsValue::TRUE)] {
            Reflect::set(&descriptor, &key.into(), &value).unwrap();
        }
        assert!(Reflect::define_property(&object, &name.into(), &descriptor).unwrap());
        Self { object, name, before }
    }
}

impl Drop for Patched {
    fn drop(&mut self) {
        Reflect::delete_property(&self.object, &self.name.into()).unwrap();
        if self.before.is_object() {
            Reflect::define_property(&self.object, &self.name.into(), &self.before.clone().into())
                .unwrap();
        }
    }
}

fn find(path: &str) -> Object {
    path.split('.')
        .fold(js_sys::global(), |object, name| Reflect::get(&object, &name.into()).unwrap().into())
}
