/// A statement in SQL that is parsed and planned once a connection: `sql_query` would be each time, which costs another
/// round trip as well. Each `?` of the text is the next of the values.
macro_rules! prepared {
    (
        $(#[$doc:meta])*
        $name:ident $(<$life:lifetime>)? { $($value:ident: $rust:ty => $sql:ty,)* } -> ($($out:ty),+ $(,)?):
        $text:expr
    ) => {
        $(#[$doc])*
        struct $name $(<$life>)? { $($value: $rust,)* }

        impl $(<$life>)? diesel::query_builder::QueryFragment<diesel::pg::Pg> for $name $(<$life>)? {
            fn walk_ast<'b>(
                &'b self,
                mut out: diesel::query_builder::AstPass<'_, 'b, diesel::pg::Pg>,
            ) -> diesel::QueryResult<()> {
                let mut pieces = str::split($text, '?');
                out.push_sql(pieces.next().unwrap_or_default());
                $(
                    out.push_bind_param::<$sql, _>(&self.$value)?;
                    out.push_sql(pieces.next().unwrap_or_default());
                )*
                Ok(())
            }
        }

        impl $(<$life>)? diesel::query_builder::QueryId for $name $(<$life>)? {
            type QueryId = prepared!(@id $name $($life)?);
            const HAS_STATIC_QUERY_ID: bool = true;
        }

        impl $(<$life>)? diesel::query_builder::Query for $name $(<$life>)? {
            type SqlType = ($($out,)+);
        }
    };
    (@id $name:ident) => { $name };
    (@id $name:ident $life:lifetime) => { $name<'static> };
}

pub(crate) use prepared;
