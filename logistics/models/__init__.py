from logistics.models.orders import Order, OrderState, OrderStep
from logistics.models.phones import PhoneStep
from logistics.models.trips import Trip, TripState, TripStop
from logistics.models.vehicles import Vehicle, VehicleClass
from logistics.models.visits import Visit, VisitState, VisitStep, VisitTeam

__all__ = [
    "Order",
    "OrderState",
    "OrderStep",
    "PhoneStep",
    "Trip",
    "TripState",
    "TripStop",
    "Vehicle",
    "VehicleClass",
    "Visit",
    "VisitState",
    "VisitStep",
    "VisitTeam",
]
