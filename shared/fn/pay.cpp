#include "fn/pay.h"

namespace boxoffice::fn {

Result<http::Response> pay(Context& context, ReservationId reservation, std::optional<Won> said,
                           http::Response (*render)(const payment::Payment&)) {
  bool others_wait = false;
  TRY(auto response, context.transact([&](db::Tx& tx) -> Result<http::Response> {
    others_wait = false;  // what is run again begins anew
    TRY(const auto payment,
        payment::pay(tx, context.admission(), {context.user(), reservation, said}));
    others_wait = payment.others_wait;
    return render(payment);
  }));
  if (others_wait) queue::try_advance(context.connection(), context.ticket().queue);
  return response;
}

}  // namespace boxoffice::fn
